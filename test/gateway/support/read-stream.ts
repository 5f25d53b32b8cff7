/** Contents and errors of a streamed answer's text. */
export function readStream(text: string) {
  const events = text
    .trim()
    .split("\n\n")
    .map((event) => event.replace(/^data: /, ""));
  const isDone = events.at(-1) === "[DONE]";
  const values = events.filter((event) => event.startsWith("{")).map((event) => JSON.parse(event));
  return {
    isDone,
    content: values.map((value) => value.choices?.[0]?.delta.content ?? "").join(""),
    ends: values.flatMap((value) => value.choices?.[0]?.finish_reason ?? []),
    error: values.find((value) => value.error)?.error,
  };
}
