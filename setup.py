"""Builds the hot modules with Cython where a C compiler is present; without one they run as Python."""

import os

from setuptools import Extension, setup

HOT_MODULES = ["argosy.books.ladder", "argosy.books.frames"]


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
        if os.path.exists(f"src/{name.replace('.', '/')}.py")
    ]
    return cythonize(
        found,
        build_dir="build/cython",
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
