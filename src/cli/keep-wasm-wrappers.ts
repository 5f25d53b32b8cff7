import v8 from "node:v8";

/** After more calls than any thread makes. */
export const WASM_WRAPPER_FLAG = `--wasm-wrapper-tiering-budget=${2 ** 31 - 1}`;

/**
 * To be called before a process starts its first thread. Node strips types with WebAssembly, in each thread that loads
 * TypeScript; V8 compiles that module's calls into JavaScript anew once they are many, in code that all threads share.
 * When one thread did so while another ended, Node 24.21 died of SIGSEGV in `Runtime_TierUpWasmToJSWrapper` (code that
 * was freed already; once in some 600 starts of a thread, on a busy machine). Only loading is slower for it.
 */
export function keepWasmWrappers(): void {
  v8.setFlagsFromString(WASM_WRAPPER_FLAG);
}
