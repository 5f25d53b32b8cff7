"""K-quants need llama.cpp's own quantiser: `llama-quantize` on PATH, else a libllama, else there is none.

`TAILOR_LIBLLAMA` names a library folder; by default the one that npm installed with node-llama-cpp is tried. Its struct
is not a stable interface: the defaults are compared with the known ones before anything is called.
"""

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

from tailor_training.paths import REPOSITORY

K_QUANT_FILE_TYPES = {"Q4_K_M": 15, "Q5_K_M": 17, "Q6_K": 18}
PREBUILT = REPOSITORY / "node_modules" / "@node-llama-cpp" / "linux-x64" / "bins" / "linux-x64"


class QuantiserUnavailableError(RuntimeError):
    """No llama.cpp quantiser here; the caller may fall back on Q8_0."""


class QuantiseParams(ctypes.Structure):
    """`llama_model_quantize_params` of llama.h; the last member must be there, or the by-value return overruns."""

    _fields_ = [
        ("nthread", ctypes.c_int32),
        ("ftype", ctypes.c_int),
        ("output_tensor_type", ctypes.c_int),
        ("token_embedding_type", ctypes.c_int),
        *[(name, ctypes.c_bool) for name in ("allow_requantize", "quantize_output_tensor", "only_copy")],
        *[(name, ctypes.c_bool) for name in ("pure", "keep_split", "dry_run")],
        *[(name, ctypes.c_void_p) for name in ("imatrix", "kv_overrides", "tt_overrides", "prune_layers")],
        ("max_buf_size", ctypes.c_size_t),
    ]


def quantise_with_llama_cpp(source: Path, target: Path, quant: str) -> str:
    """Quantises an F16 GGUF; returns the name of the tool used. A failed call leaves no file behind."""
    temporary = target.with_name(f".{target.name}.tmp")
    binary = shutil.which("llama-quantize")
    try:
        if binary:
            subprocess.run([binary, str(source), str(temporary), quant], check=True, capture_output=True)
        else:
            _quantise_with_library(source, temporary, K_QUANT_FILE_TYPES[quant])
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return "llama-quantize" if binary else "libllama"


def _quantise_with_library(source: Path, target: Path, file_type: int) -> None:
    library = _load_library()
    library.llama_model_quantize_default_params.restype = QuantiseParams
    library.llama_model_quantize.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.POINTER(QuantiseParams)]
    library.llama_model_quantize.restype = ctypes.c_uint32
    params = library.llama_model_quantize_default_params()
    _check_defaults(params)
    params.ftype = file_type
    code = library.llama_model_quantize(str(source).encode(), str(target).encode(), ctypes.byref(params))
    if code != 0:
        raise QuantiserUnavailableError(f"llama_model_quantize returned {code}")


def _check_defaults(params: QuantiseParams) -> None:
    flags = (params.allow_requantize, params.quantize_output_tensor, params.only_copy, params.pure, params.keep_split)
    pointers = (params.imatrix, params.kv_overrides, params.tt_overrides, params.prune_layers)
    if params.nthread != 0 or flags != (False, True, False, False, False) or any(pointers):
        raise QuantiserUnavailableError("this libllama has another struct than the one known here")


def _load_library() -> ctypes.CDLL:
    folder = Path(os.environ.get("TAILOR_LIBLLAMA", PREBUILT))
    libraries = sorted(folder.glob("libllama.so*")) + sorted(folder.glob("libllama.v*.so"))
    if not libraries:
        raise QuantiserUnavailableError("no llama-quantize on PATH and no libllama; set TAILOR_LIBLLAMA to its folder")
    try:
        for name in ("libggml-base", "libggml"):
            for path in sorted(folder.glob(f"{name}.*")):
                ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL)
        return ctypes.CDLL(str(libraries[0]))
    except OSError as error:
        raise QuantiserUnavailableError(f"libllama does not load: {error}") from error
