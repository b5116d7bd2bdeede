"""Builds the hot modules with Cython; without a C compiler they run as the Python they are."""

import os
from pathlib import Path

from setuptools import Extension, setup

HOT_MODULES = [
    "argosy.books.ladder",
    "argosy.books.book",
    "argosy.books.checksums",
    "argosy.books.chords",
    "argosy.books.levels",
    "argosy.books.scan",
    "argosy.books.frames",
    "argosy.books.merge",
    "argosy.dialects.evm.history",
    "argosy.dialects.evm.layouts",
    "argosy.dialects.uniswap_v2.tracking",
    "argosy.dialects.uniswap_v3.growth",
    "argosy.dialects.uniswap_v3.pool",
    "argosy.dialects.uniswap_v3.prices",
    "argosy.dialects.uniswap_v3.side",
    "argosy.dialects.uniswap_v3.steps",
    "argosy.dialects.uniswap_v3.ticks",
    "argosy.dialects.uniswap_v3.tracking",
    "argosy.dialects.uniswap_v3.walk",
    "argosy.dialects.uniswap_v4.tracking",
    "argosy.execution.routing.curves",
    "argosy.execution.routing.placing",
    "argosy.execution.routing.relaxed",
    "argosy.execution.routing.search",
    "argosy.execution.routing.takes",
]


def extensions() -> list[Extension]:
    if os.environ.get("ARGOSY_BUILD") == "interpreted":
        return []
    try:
        from Cython.Build import cythonize
    except ImportError:
        return []
    found = [
        Extension(
            name,
            [f"src/{name.replace('.', '/')}.py"],
            optional=True,
            extra_compile_args=["-O3"] if os.name == "posix" else [],
        )
        for name in HOT_MODULES
        if Path(f"src/{name.replace('.', '/')}.py").is_file()
    ]
    return cythonize(
        found,
        build_dir="build/cython",
        include_path=["src"],
        language_level=3,
        compiler_directives={
            "boundscheck": False,
            "wraparound": False,
            "initializedcheck": False,
            "cdivision": True,
            "freethreading_compatible": False,
        },
    )


setup(ext_modules=extensions())
