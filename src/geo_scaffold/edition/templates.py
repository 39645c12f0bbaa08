"""Renders the templates of an edition."""

import marshal
import re
import sys
import textwrap
from collections.abc import Collection, Mapping, MutableMapping, Sequence
from contextlib import suppress
from functools import cached_property, partial
from types import CodeType
from typing import TYPE_CHECKING, Any, Final

from jinja2 import (
    BaseLoader,
    BytecodeCache,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    FunctionLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateNotFound,
)
from jinja2 import __version__ as jinja_version
from jinja2.bccache import Bucket

from geo_scaffold import __version__
from geo_scaffold.commit import Cache, digest
from geo_scaffold.edition.article import with_article
from geo_scaffold.edition.line_length import wrap_python, wrap_ruby
from geo_scaffold.edition.overrides import NO_OVERRIDES, ORIGINAL, Override, Overrides
from geo_scaffold.edition.sources import features_of, folders_of, templates_root
from geo_scaffold.errors import GeoScaffoldError
from geo_scaffold.names.identifiers import (
    check_constraint_name,
    concurrent_foreign_key_name,
    count_constraint_name,
    foreign_key_name,
    object_name,
    shorten,
)
from geo_scaffold.names.inflector import Inflector

if TYPE_CHECKING:
    from geo_scaffold.edition.box import Box

_SETTINGS: Final[dict[str, Any]] = {
    "auto_reload": False,
    "undefined": StrictUndefined,
    "trim_blocks": True,
    "lstrip_blocks": True,
    "keep_trailing_newline": True,
    "autoescape": False,  # no HTML is written
}
"""How Jinja reads the templates."""
_NAMED: Final = re.compile(r"""["']([\w./-]+\.j2)["']""")
"""The name of a template, as our templates write what they include, import or extend."""
_KEPT: Final = Cache("templates", most=1000)
_LOADED: Final[dict[tuple[str, str], CodeType]] = {}
"""This process's compiled templates, by name and digest of the source: tests and large audits use many renderers."""


def nest(body: str, modules: Sequence[str]) -> str:
    """Wrap Ruby code in modules, the outermost first.

    Args:
        body: The code, not indented.
        modules: Names without `::`, such as `["EE", "Packages", "Nuget", "Symbol"]`.
    """
    for module in reversed(modules):
        body = f"module {module}\n{textwrap.indent(body, '  ')}end\n"
    return body


def sha256(text: str) -> str:
    """Return the SHA-256 in hexadecimal; GitLab writes that of the version into schema_migrations/<version>."""
    return digest(text.encode())


class _Compiled(BytecodeCache):
    """Compiled templates, in the user's own cache: they are code, so another user's are never loaded.

    Compiling the templates takes a third of a run. Jinja compares the sources each time, so an edited template is
    compiled again; the versions and the settings are in the name because the code depends on them too.
    """

    def __init__(self) -> None:
        made_with = (_SETTINGS, jinja_version, sys.implementation.cache_tag, sys.version)
        self._stamp = f"{__version__}-{digest(repr(made_with).encode())[:8]}"

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load a compiled template from the cache; if anything is wrong with it, it is compiled again."""
        bucket.code = _LOADED.get((self._name(bucket), bucket.checksum))
        if bucket.code is None and (content := _KEPT.find(self._name(bucket))) is not None:
            checksum, _, code = content.partition(b"\n")
            with suppress(Exception):
                # Jinja's own way reads from a file object, object by object, which takes ten times as long.
                bucket.code = marshal.loads(code) if checksum == bucket.checksum.encode() else None  # noqa: S302 - sealed
            self._remember(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Cache a compiled template; if that fails, the next run is slower."""
        self._remember(bucket)
        _KEPT.keep(self._name(bucket), bucket.checksum.encode() + b"\n" + marshal.dumps(bucket.code))

    def _remember(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            _LOADED[self._name(bucket), bucket.checksum] = bucket.code

    def _name(self, bucket: Bucket) -> str:
        return f"{self._stamp}-{bucket.key}"


class _Plain(Environment):
    """Jinja's environment, with globals that do not change after the first template is loaded."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the globals of a template as one dictionary: each rendering iterates over all of them."""
        return {**self.globals, **(d or {})}


def _plain(edition: str) -> Environment:
    """Return Jinja's environment for the templates of an edition.

    Args:
        edition: The GitLab major version.
    """
    return _Plain(loader=_own_loader(edition), bytecode_cache=_Compiled(), **_SETTINGS)


def _own_loader(edition: str) -> BaseLoader:
    # Last, the folder of all editions: a template extends its base's as `gitlab-16/create/...`.
    return FileSystemLoader([*folders_of(edition), templates_root()])


def _sandbox(edition: str, overridden: Mapping[str, Override]) -> Environment:
    """Return an environment with overrides: a sandbox that shares no compiled template.

    Args:
        edition: The GitLab major version.
        overridden: The overrides, by every name under which a template may refer to them.
    """
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415 - only for overrides

    def load(name: str) -> tuple[str, str, None] | None:
        found = overridden.get(name)
        return (found.text, found.file, None) if found else None

    originals = {
        folder.name: FileSystemLoader(folders_of(folder.name.removeprefix("gitlab-"))) for folder in folders_of(edition)
    }
    originals["runtime"] = FileSystemLoader(templates_root() / "runtime")
    prefixed = PrefixLoader({ORIGINAL.rstrip("/"): PrefixLoader(originals)})
    return ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([FunctionLoader(load), prefixed, _own_loader(edition)]), **_SETTINGS
    )


class Renderer:
    """Renders the templates of one edition.

    The output is code, YAML and Markdown, so nothing is escaped: `names` validates what reaches a template.

    Args:
        edition: The GitLab major version, such as `16`.
        inflector: The inflector that built the names; None for GitLab's.
        overrides: The templates that replace ours.
    """

    def __init__(
        self, edition: str, *, inflector: Inflector | None = None, overrides: Overrides = NO_OVERRIDES
    ) -> None:
        self.edition = edition
        self._overrides = overrides
        self.environment = _plain(edition)
        self._overridden = overrides.named(edition) if overrides else {}
        self._sandbox = _sandbox(edition, self._overridden) if self._overridden else None
        self._reaching: dict[str, bool] = {}
        for environment in filter(None, (self.environment, self._sandbox)):
            environment.filters |= {
                "camelize": (inflector or Inflector.gitlab()).camelize,
                "humanize": (inflector or Inflector.gitlab()).humanize,
                "identifier": shorten,
                "nest": nest,
                "sha256": sha256,
                "with_article": with_article,
            }
            environment.globals |= {
                "check_constraint": check_constraint_name,
                "concurrent_foreign_key": concurrent_foreign_key_name,
                "count_constraint": count_constraint_name,
                "edition": edition,
                "features": features_of(edition),
                "foreign_key": foreign_key_name,
                "object_name": object_name,
            }

    def render(self, template: str, values: Mapping[str, object]) -> str:
        """Render one template.

        Args:
            template: Its path below the edition's folder, such as `create/finder.rb.j2`. If the edition does not have
                it, its base's is used.
            values: The values that it may use: the spellings of a model, `kind`, `owner` (`project`, `group`,
                `organization`, `user` or `none`; `several` if they are in `owners`; None if not given), what the
                checkout has around the model, and the like.

        Raises:
            ManifestError: There is no such template, or it cannot be rendered.
            ReadError: It cannot be read.
            OverrideError: One of the checkout's own templates cannot be rendered.
        """
        if self._sandbox is None or not self._reaches(template):
            return self._rendered(template, values, self.environment)
        from geo_scaffold.edition.box import LimitError  # noqa: PLC0415 - only for overrides

        try:
            return self._box.run(partial(self._rendered, template, values, self._sandbox))
        except LimitError as error:
            # If the requested template is ours, it is unknown which of the templates in it exceeded the limit.
            override = self._overrides.used_for(template, self.edition) or next(iter(self._overridden.values()))
            raise override.error(str(error)) from error

    @cached_property
    def _box(self) -> "Box":
        from geo_scaffold.edition.box import Box  # noqa: PLC0415 - only for overrides

        return Box()

    def mistake(self, error: Exception, template: str, values: Collection[str]) -> GeoScaffoldError | None:
        """Return the error to report if one of our templates caused an error, or None if none did.

        Args:
            error: The error.
            template: The name of the template that was rendered.
            values: The names that it may use, besides those that all may.
        """
        from geo_scaffold.edition.template_errors import template_error  # noqa: PLC0415 - only an author of one needs it

        return template_error(error, template, self.edition, self.environment, values)

    def override_for(self, template: str) -> Override | None:
        """Return the override of a template, or of the base's template that it extends; None if it is ours."""
        return self._overrides.used_for(template, self.edition) if self._overrides else None

    def _reaches(self, template: str) -> bool:
        """Tell whether a template is an override, or includes or extends one."""
        if template in self._overridden:
            return True
        if template not in self._reaching:
            self._reaching[template] = False  # while it is being checked
            with suppress(TemplateNotFound):  # rendering reports it
                text, _, _ = self.environment.loader.get_source(self.environment, template)  # type: ignore[union-attr]
                self._reaching[template] = any(map(self._reaches, _NAMED.findall(text)))
        return self._reaching[template]

    def _rendered(self, template: str, values: Mapping[str, object], environment: Environment) -> str:
        try:
            text = environment.get_template(template).render(values)
            if template.endswith(".py.j2"):
                return wrap_python(text)
            return wrap_ruby(text) if template.endswith(".rb.j2") else text
        except Exception as error:
            is_ours = environment is self.environment
            if isinstance(error, MemoryError) and not is_ours:
                raise
            if not is_ours and (blamed := self._overrides.blamed(error, template, self.edition)):
                raise blamed from error
            if mistake := self.mistake(error, template, values):
                raise mistake from error
            raise
