import { isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { ConfigError } from "./config-error.ts";

const portSchema = z.coerce.number().int().min(0).max(65_535);
const logLevelSchema = z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]);

/** Everything the process is told from outside, read once. */
export interface Environment {
  readonly host: string;
  readonly port: number;
  readonly databaseUrl: string;
  /** What instances share besides the database; undefined: each keeps to itself. */
  readonly redisUrl: string | undefined;
  /** A configuration file that was asked for by name; undefined: the one that comes with Tailor. */
  readonly configPath: string | undefined;
  readonly adminKey: string | undefined;
  readonly dataDir: string;
  readonly modelsDir: string;
  readonly openAiBaseUrl: string;
  readonly logMode: "async" | "strict";
  readonly logLevel: z.infer<typeof logLevelSchema>;
  /** The value of a variable that the configuration file names, such as an upstream's key. */
  readSecret(name: string): string | undefined;
}

/** Folder of the repository: committed data lies relative to it, wherever the process was started. */
export const REPOSITORY_ROOT = fileURLToPath(new URL("../..", import.meta.url));

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The only reader of environment variables. Relative paths are relative to the repository.
 * @throws ConfigError that names the variable, never its value
 */
export function readEnvironment(variables: Variables = process.env): Environment {
  const read = (name: string) => variables[name]?.trim() || undefined;
  const dataDir = resolvePath(read("TAILOR_DATA_DIR") ?? "data");
  const configPath = read("TAILOR_CONFIG");
  return {
    host: read("HOST") ?? "127.0.0.1",
    port: parseVariable("PORT", portSchema, read("PORT") ?? "8080"),
    redisUrl: parseRedisUrl(read("REDIS_URL")),
    databaseUrl: read("DATABASE_URL") ?? `file:${resolve(dataDir, "tailor.db")}`,
    configPath: configPath === undefined ? undefined : resolve(configPath),
    adminKey: read("TAILOR_ADMIN_KEY"),
    dataDir,
    modelsDir: resolvePath(read("TAILOR_MODELS_DIR") ?? "models"),
    openAiBaseUrl: parseVariable(
      "OPENAI_BASE_URL",
      z.url(),
      read("OPENAI_BASE_URL") ?? "https://api.openai.com/v1",
    ),
    logMode: parseVariable(
      "TAILOR_LOG_MODE",
      z.enum(["async", "strict"]),
      read("TAILOR_LOG_MODE") ?? "async",
    ),
    logLevel: parseVariable("LOG_LEVEL", logLevelSchema, read("LOG_LEVEL")?.toLowerCase() ?? "warn"),
    readSecret: read,
  };
}

function parseRedisUrl(value: string | undefined): string | undefined {
  if (value === undefined || /^rediss?:\/\/./.test(value)) return value;
  throw new ConfigError("REDIS_URL: must begin with redis:// or rediss://");
}

function resolvePath(path: string): string {
  return isAbsolute(path) ? path : resolve(REPOSITORY_ROOT, path);
}

function parseVariable<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  value: string,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new ConfigError(`${name}: ${result.error.issues[0]?.message ?? "invalid"}`);
}
