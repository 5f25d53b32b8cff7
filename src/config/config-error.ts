/** Tailor cannot start as it is configured. The message is a sentence for whoever starts it; catch it at the start. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}
