/** Stands in for an engine whose native code finds something wrong: says so as llama.cpp does, and aborts. */
process.on("message", () => {
  const words = "navy blazer for Anna\n/src/ggml/ggml.c:4711: GGML_ASSERT(a->ne[2] == 1) failed\n";
  process.stderr.write(words, () => process.abort());
});
