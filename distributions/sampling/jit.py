"""How this project compiles: one decorator, one cache folder that can never serve stale code.

Numba stamps a cached function with the modification time of the file that *calls* it alone: edit a function that
is inlined into the block loop and the old machine code comes back. The cache folder is therefore named after a
hash of every file that is compiled, and of the numbers of operations, which become constants. A folder that cannot be
written costs a compilation at each start and nothing else.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from types import FunctionType
from typing import Any

import numba
from numba import _dynfunc
from numba.core import types
from numba.core.codegen import JITCodeLibrary, get_host_cpu_features
from numba.core.compiler import Compiler
from numba.core.compiler_machinery import register_pass
from numba.core.typed_passes import NativeLowering
from numba.core.types.misc import unliteral
from numba.extending import intrinsic

BLOCK = 256
"""Draws in a block. Constant at compile time, so that rows of the flat scratch buffer have constant offsets."""

STRIDE = BLOCK + 32
"""From one row of a block to the next. Were rows of 256 numbers close up, the same draws of all rows would share eight
of the first cache's 64 sets and drive each other out."""

REPLICATES = 16
"""Independent randomisations of a stratified design; draw i belongs to replicate i modulo this."""

_ROOT = Path(__file__).resolve().parents[2]


def fingerprint() -> str:
    """Hash of all that ends up in machine code: compiled sources, the operations' numbers, numba's version."""
    digest = hashlib.sha256(f"{numba.__version__} {sys.version_info[:2]}".encode())
    folders = [_ROOT / "distributions" / "sampling", _ROOT / "sim" / "kernel"]
    sources = sorted(path for folder in folders for path in folder.rglob("*.py"))
    for path in [*sources, _ROOT / "sim" / "model" / "operations.py"]:
        if path.is_file():
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path | None:
    """A private folder for compiled code, or None where none can be made.

    `BREAKEVEN_CACHE_DIR`, else `XDG_CACHE_HOME`, else `~/.cache`, else the temporary folder.
    """
    bases = [os.environ.get("BREAKEVEN_CACHE_DIR"), os.environ.get("XDG_CACHE_HOME")]
    home = os.environ.get("HOME")
    bases.append(str(Path(home) / ".cache") if home else None)
    bases.append(tempfile.gettempdir())
    for base in bases:
        if not base:
            continue
        folder = Path(base) / f"breakeven-{os.getuid() if hasattr(os, 'getuid') else 0}" / fingerprint()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if hasattr(os, "getuid") and folder.stat().st_uid != os.getuid():
                continue
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    return None


def whole_vectors(features: str) -> str:
    """A processor's features, for the compiler, such that it uses vectors of 512 bits where there are any.

    For Intel's processors it would keep to half of that, lest a few such instructions slow down much other code; here
    there is hardly any other code, and loops take up to two fifths less time. Numba has one setting for a process;
    what a user has set is left as it is.
    """
    return f"{features},-prefer-256-bit" if "+avx512f" in features.split(",") else features


if numba.config.CPU_NAME is None and numba.config.CPU_FEATURES is None:
    numba.config.CPU_FEATURES = whole_vectors(get_host_cpu_features())

_FOLDER = cache_folder()
if _FOLDER is not None:
    numba.config.CACHE_DIR = str(_FOLDER)


OPTIONS: dict[str, Any] = {
    "nopython": True,
    "nogil": True,
    "error_model": "numpy",
    "no_cfunc_wrapper": True,
    "_nrt": False,
}
"""Of every function: without Python's division checks, the interpreter's lock, or counts of references."""


def jit(function: Callable[..., Any] | None = None, *, inline: bool = False) -> Any:
    """Compile without Python's division checks, without the interpreter lock, cached on disk where possible.

    Compiled code makes no arrays and counts no references to them: a count is kept with locked instructions, at every
    slice, in a cell that threads share, which took two fifths of the time. Its callers bring all the room it needs and
    keep hold of it; a function that would make an array, or hand back any but one it was given, is not compiled.

    inline: into its callers. What is not stays a function of its own: merged into a larger one it often vectorises no
    more, and is compiled as often as it is called.

    Floating-point operations are never reordered or fused by the compiler: where fusing pays, the code says `fma`.
    The same draws therefore give the same bits whatever the vector width.
    """
    return Compiled(function, inline) if function is not None else lambda function: Compiled(function, inline)


class Compiled:
    """A compiled function: a part of whatever compiled code calls it, and machine code of its own if Python does."""

    def __init__(self, function: Callable[..., Any], inline: bool) -> None:
        self.py_func = function
        self.part = numba.jit(
            **OPTIONS, forceinline=inline, no_cpython_wrapper=True, pipeline_class=_PartCompiler
        )(function)
        typed = self.part.get_call_template
        # numba would type and lower a version for each constant; inlined, LLVM sees it all the same
        self.part.get_call_template = lambda args, kws: typed([unliteral(kind) for kind in args], kws)

    @property
    def _numba_type_(self) -> Any:
        """What numba takes it for in compiled code."""
        return self.part._numba_type_

    @cached_property
    def whole(self) -> Any:
        """The same for Python: a function that hands its arguments to the part, cached as if it stood in its place."""
        function = self.py_func
        code = function.__code__
        place: dict[str, Any] = {
            "co_filename": code.co_filename,
            "co_firstlineno": code.co_firstlineno,
            "co_name": code.co_name,
        }
        forward = FunctionType(_forward.__code__.replace(**place), {"part": self}, code.co_name)
        forward.__module__, forward.__qualname__ = function.__module__, function.__qualname__
        # closures of one line have one place in the cache
        cached = _FOLDER is not None and function.__closure__ is None
        whole = numba.jit(**OPTIONS, cache=cached, pipeline_class=WholeCompiler)(forward)
        if cached:
            _patch_loading(whole._cache)
        return whole

    def __call__(self, *arguments: Any) -> Any:
        """Run its machine code, which the first call makes or loads."""
        return self.whole(*arguments)


def _forward(*arguments):  # type: ignore[no-untyped-def]
    return part(*arguments)  # type: ignore[name-defined]  # noqa: F821


class _Library(JITCodeLibrary):  # type: ignore[misc]
    """Numba's collection of a function's code, in LLVM's language and then the machine's."""

    def _optimize_functions(self, ll_module: Any) -> None:
        """As numba does, which makes a manager of passes anew for each function that is so much as named."""
        ll_module.data_layout = self._codegen._data_layout
        passes, builder = self._codegen._function_pass_manager()
        for function in ll_module.functions:
            if not function.is_declaration:
                passes.run(function, builder)


class _Part(_Library):
    """Code for compiled callers: each function is simplified by itself, and optimised within each whole alone.

    Numba would optimise it, and make machine code of it, at every step of a chain of callers: six times in all.
    """

    def finalize(self) -> None:
        """Ready to be linked as it is."""
        self._finalized = True


class _Whole(_Library):
    """Code that Python calls, with all that it calls."""

    def finalize(self) -> None:
        """Links the parts of its parts, too."""
        direct: list[Any] = self._linking_libraries  # type: ignore[has-type]
        linked = dict.fromkeys(direct)
        ahead = list(linked)
        while ahead:
            library = ahead.pop()
            new = (
                [part for part in library._linking_libraries if part not in linked]
                if type(library) is _Part
                else []
            )
            linked.update(dict.fromkeys(new))
            ahead += new
        self._linking_libraries = list(linked)
        super().finalize()


class WholeCompiler(Compiler):  # type: ignore[misc]
    """Numba's compiler, for what Python calls; its own links a part, but not the parts of that."""

    def define_pipelines(self) -> list[Any]:
        """The usual one."""
        self.state.library = _Whole(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        self.state.library.enable_object_caching()
        return list(super().define_pipelines())

    def compile_extra(self, function: Callable[..., Any]) -> Any:
        """Without Python's search for garbage, which would go through all that is loaded again and again."""
        collecting = gc.isenabled()
        gc.disable()
        try:
            return super().compile_extra(function)
        finally:
            if collecting:
                gc.enable()


class _PartCompiler(Compiler):  # type: ignore[misc]
    """Numba's compiler, for what compiled code calls."""

    def define_pipelines(self) -> list[Any]:
        """The usual one but for how it ends."""
        (pipeline,) = super().define_pipelines()
        pipeline.passes = [
            (_PartLowering if each is NativeLowering else each, name) for each, name in pipeline.passes
        ]
        pipeline.finalize()
        return [pipeline]


@register_pass(mutates_CFG=True, analysis_only=False)
class _PartLowering(NativeLowering):  # type: ignore[misc]
    """To LLVM's language and no further."""

    _name = "part_lowering"

    def run_pass(self, state: Any) -> bool:
        """Lower the function, and let compiled code know of it."""
        state.flags.no_compile = True
        state.library = _Part(state.targetctx.codegen(), state.func_id.func_qualname)
        super().run_pass(state)
        lowered = state["cr"]
        if not state.flags.forceinline:
            state.library.get_function(lowered.fndesc.llvm_func_name).add_function_attribute("noinline")
        # numba knows a compiled function by what Python would call, which here has no code behind it
        name, module = lowered.fndesc.qualname, lowered.fndesc.lookup_module()
        known = _dynfunc.make_function(module, name.split(".")[-1], name, 0, lowered.env, (state.library,))
        state.targetctx.insert_user_function(known, lowered.fndesc, [state.library])
        state["cr"] = lowered._replace(cfunc=known)
        return True


def _patch_loading(cache: Any) -> None:
    """Changes how compiled code is loaded: damaged files count as none, and what only compiling needs stays away.

    Numba takes damaged files for an error of the program. And its `load_overload` first makes the compiler know of all
    that it ever learned (linear algebra, dictionaries, random numbers), a sixth of the time to a first result; where a
    function is not in the cache, the compiler does that itself.
    """
    load = cache._load_overload

    def tolerant(*arguments: Any) -> Any:
        try:
            return load(*arguments)
        except Exception:  # whatever unpickling may raise
            with contextlib.suppress(OSError):
                cache.flush()
            return None

    cache.load_overload = tolerant


@intrinsic
def fma(typingctx: Any, a: Any, b: Any, c: Any) -> Any:
    """a*b + c with one rounding: the same bits with a fused instruction as with the C library's function."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.fma(*args)

    return types.float64(types.float64, types.float64, types.float64), codegen


@intrinsic
def float_bits(typingctx: Any, x: Any) -> Any:
    """The 64 bits of a float64 as an int64."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], context.get_value_type(types.int64))

    return types.int64(types.float64), codegen


@intrinsic
def bits_float(typingctx: Any, x: Any) -> Any:
    """The float64 whose 64 bits are those of an int64 (or uint64)."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], context.get_value_type(types.float64))

    return types.float64(types.int64 if x == types.int64 else types.uint64), codegen


@intrinsic
def select(typingctx: Any, condition: Any, yes: Any, no: Any) -> Any:
    """`yes` where the condition holds, else `no`; both are computed. A Python `if` here would stop vectorisation.

    For two floats, or two whole numbers.
    """

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.select(args[0], args[1], args[2])

    kind = types.int64 if isinstance(yes, types.Integer) and isinstance(no, types.Integer) else types.float64
    return kind(types.boolean, kind, kind), codegen


def _rounding(name: str) -> Any:
    """An intrinsic that rounds to a whole float64; `math.floor` and `math.ceil` would give an integer."""

    def typed(typingctx: Any, x: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            double = context.get_value_type(types.float64)
            return builder.call(builder.module.declare_intrinsic(name, [double]), args)

        return types.float64(types.float64), codegen

    typed.__name__ = name.replace(".", "_")
    return intrinsic(typed)


floor = _rounding("llvm.floor")
ceil = _rounding("llvm.ceil")
