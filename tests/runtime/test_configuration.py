"""The settings of a site: from a file and the environment, all mistakes at once, no password in a message."""

import subprocess
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from geo_runtime.errors import ConfigurationError
from geo_runtime.running import configuration
from geo_runtime.running.configuration import SETTINGS, read, written
from geo_runtime.running.configured import types_of
from geo_runtime.site.jobs import THREADS, Queue
from geo_runtime.site.settings import SiteSettings

NEEDED: dict[str, Any] = {
    "node_name": "berlin", "types": ["runtime.widgets:TYPES"], "main_url": "sqlite:////tmp/main",
    "store_url": "sqlite:////tmp/store",
}  # fmt: skip
PASSWORD = "s3cret-one"


def problems(path: Path | None, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigurationError) as raised:
        read(path, environ or {})
    assert all(remedy for _, remedy in raised.value.problems)
    assert PASSWORD not in str(raised.value.problems)
    return [message for message, _ in raised.value.problems]


@pytest.fixture
def file(tmp_path: Path) -> Any:
    """Writes settings besides the required ones."""

    def write(**settings: Any) -> Path:
        path = tmp_path / "site.toml"
        path.write_text(written(NEEDED | settings))
        path.chmod(0o600)
        return path

    return write


def test_every_setting_of_a_site_can_be_written_down() -> None:
    assert {field.name for field in fields(SiteSettings)} <= set(SETTINGS)


def test_what_is_written_is_read(file: Any, tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "main_url": "postgresql+psycopg://geo@db/main", "tracking_url": "sqlite:////tmp/track\u007fing \"quoted\" ä🌍",
        "storages": {"default": tmp_path, "a b": tmp_path / "c"}, "uploads": tmp_path, "allowed_ips": ("10.0.0.0/8",),
        "hosts": ["a", "b"], "port": 8443, "speed": 60, "threads": {"sync": 9}, "flag_defaults": {"x": False},
        "grace": 2.5, "log_level": "info", "path": None, "address": "::", "verification_cap": "type",
        "origin": "2026-01-01T00:00:00+00:00",
    }  # fmt: skip
    result = read(file(**settings), {})
    assert result.site == SiteSettings(
        node_name="berlin",
        main_url=settings["main_url"],
        store_url=NEEDED["store_url"],
        tracking_url=settings["tracking_url"],
        main_read_only=True,  # as it has a tracking database
        storages=settings["storages"],
        uploads=tmp_path,
        allowed_ips=("10.0.0.0/8",),
        hosts=("a", "b"),
        flag_defaults={"x": False},
        verification_cap="type",
    )
    assert (result.address, result.port, result.speed, result.grace_s, result.log_level) == (
        "::",
        8443,
        60,
        2.5,
        "info",
    )
    assert result.threads == {**THREADS, Queue.SYNC: 9}
    assert (result.types, result.queue, result.tls) == (("runtime.widgets:TYPES",), None, None)


def test_the_environment_wins_and_suffices(file: Any) -> None:
    environ = {
        "GEO_RUNTIME_NODE_NAME": "paris", "GEO_RUNTIME_TYPES": "a:TYPE, b:TYPE", "GEO_RUNTIME_PORT": "80",
        "GEO_RUNTIME_MAIN_URL": "sqlite:////tmp/m", "GEO_RUNTIME_STORE_URL": "sqlite:////tmp/s",
        "GEO_RUNTIME_STORAGES": "default=/srv/a,other=/srv/b", "GEO_RUNTIME_FLAG_DEFAULTS": "x=on,y=false",
        "GEO_RUNTIME_REGISTRY_REPLICATION_ENABLED": "yes", "GEO_RUNTIME_STATUS_TIMEOUT_S": "1.5", "PATH": "/bin",
    }  # fmt: skip
    alone = read(None, environ)
    assert alone.site.storages == {"default": Path("/srv/a"), "other": Path("/srv/b")}
    assert alone.site.flag_defaults == {"x": True, "y": False}
    assert (alone.types, alone.site.status_timeout_s) == (("a:TYPE", "b:TYPE"), 1.5)
    assert alone.site.registry_replication_enabled
    both = read(None, {"GEO_RUNTIME_SETTINGS": str(file(port=8080, grace=3)), "GEO_RUNTIME_PORT": "80"})
    assert (both.port, both.grace_s, both.site.node_name) == (80, 3, "berlin")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"prot": 1}, "prot in {path} is not a setting"),
        ({"port": 70000}, "port in {path} is 70000"),
        ({"port": True}, "port in {path} is True"),
        ({"grace": 0}, "grace in {path} is 0"),
        ({"node_name": ""}, "node_name in {path} is ''"),
        ({"types": "a:TYPE"}, "types in {path} is 'a:TYPE'"),
        ({"allowed_ips": ["10.0.0.1/8"]}, "allowed_ips in {path} is ['10.0.0.1/8']"),
        ({"address": "localhost"}, "address in {path} is 'localhost'"),
        ({"threads": {"sink": 1}}, "threads in {path} is {{'sink': 1}}"),
        ({"verification_cap": "both"}, "verification_cap in {path} is 'both'"),
        ({"origin": "2026-01-01T00:00:00"}, "origin in {path} is '2026-01-01T00:00:00'"),
        ({"main_url": f"mysql://u:{PASSWORD}@h/d"}, "main_url in {path} is a text of another form"),
        ({"main_url": "env:NOWHERE"}, "main_url in {path}: the environment has no variable NOWHERE"),
        ({"queue": f"memory://{PASSWORD}"}, "queue in {path} is a text of another form"),
        ({"queue": 5}, "queue in {path} is of type int"),
        ({"tls_key": "/no/where"}, "tls_key in {path}: /no/where cannot be read: No such file or directory"),
    ],
)
def test_what_cannot_be_used_is_named(file: Any, settings: dict[str, Any], said: str) -> None:
    path = file(**settings)
    assert problems(path) == [said.format(path=path)]


def test_all_is_reported_at_once(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text("prot = 1\nport = -1\n")
    result = problems(path, {"GEO_RUNTIME_HOST": "a", "GEO_RUNTIME_GRACE": "soon"})
    missing = [name for name, setting in SETTINGS.items() if setting.is_needed]
    assert [each.split()[0] for each in result] == ["prot", "GEO_RUNTIME_HOST", "GEO_RUNTIME_GRACE", "port", *missing]
    path.write_text("port = ")
    (message,) = problems(path)  # and nothing about settings that it may well have
    assert message.startswith(f"{path} is not TOML: ")
    (message,) = problems(tmp_path / "nowhere.toml")
    assert message.endswith("nowhere.toml cannot be read: No such file or directory")
    with pytest.raises(ConfigurationError) as raised:
        read(None, {"GEO_RUNTIME_PROT": "1"})
    assert ("GEO_RUNTIME_PROT is not a setting", "Did you mean GEO_RUNTIME_PORT?") in raised.value.problems


def test_a_password_comes_from_the_environment_or_a_file(file: Any, tmp_path: Path) -> None:
    url = f"postgresql+psycopg://geo:{PASSWORD}@db/main"
    secret = tmp_path / "secret"
    secret.write_text(f"{url}\n")
    environ = {"GEO_RUNTIME_DATABASE": url, "GEO_RUNTIME_STORE_URL": "env:GEO_RUNTIME_DATABASE"}
    result = read(file(main_url=f"file:{secret}"), environ)
    assert (result.site.main_url, result.site.store_url) == (url, url)
    path = file(main_url=url)
    assert read(path, {}).site.main_url == url
    for mode in (0o644, 0o620):
        path.chmod(mode)
        [said] = problems(path)
        assert said.startswith(f"main_url in {path} holds a password, and others may read the file")
    path.chmod(0o640)  # the group that a service runs as
    assert read(path, {}).site.main_url == url


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("redis://h:1/0", "redis://h:1/0"),
        ("rediss://h/0", "rediss://h/0?ssl_cert_reqs=required"),
        ("rediss://h/0?ssl_ca_certs=/a.pem", "rediss://h/0?ssl_ca_certs=/a.pem&ssl_cert_reqs=required"),
        ("rediss://h/0?ssl_cert_reqs=none", "rediss://h/0?ssl_cert_reqs=none"),
    ],
)
def test_a_redis_server_with_tls_is_checked(file: Any, given: str, used: str) -> None:
    """Kombu recognises a URL with TLS by its query string."""
    assert read(file(queue=given), {}).queue == used


def certificate(folder: Path, name: str = "localhost") -> tuple[Path, Path]:
    """Make a self-signed certificate, for a name and 127.0.0.1; return it with its key."""
    paths = folder / f"{name}.pem", folder / f"{name}.key"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    names = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1", "-days", "2"]
    subprocess.run([*command, *names, "-out", paths[0], "-keyout", paths[1]], check=True, capture_output=True)
    return paths


def test_a_certificate_has_its_key(file: Any, tmp_path: Path) -> None:
    (first, key), (_, other) = certificate(tmp_path, "first"), certificate(tmp_path, "other")
    assert read(file(tls_certificate=first, tls_key=key), {}).tls == (first, key)
    assert problems(file(tls_certificate=first)) == ["only one of tls_certificate and tls_key is set"]
    [said] = problems(file(tls_certificate=first, tls_key=other))
    assert said.startswith(f"tls_certificate {first} and tls_key {other} cannot be used: ")


@pytest.mark.parametrize("name", ["nowhere:TYPE", "runtime.nowhere:TYPE", "json:TYPE", "json:dumps", "json"])
def test_a_type_that_is_not_there(file: Any, name: str) -> None:
    result = read(file(types=[name]), {})
    with pytest.raises(ConfigurationError, match=f"types: there is no {name}: "):
        types_of(result)


def test_an_error_within_a_type_stays_one(file: Any, tmp_path: Path) -> None:
    (tmp_path / "broken_type.py").write_text("import nowhere_at_all\n")
    result = read(file(types=["broken_type:TYPE"], path=tmp_path), {})
    with pytest.raises(ModuleNotFoundError, match="nowhere_at_all"):
        types_of(result)


def test_the_defaults_are_those_of_the_class(file: Any) -> None:
    result = read(file(), {})
    assert result.site == SiteSettings(**{name: NEEDED[name] for name in ("node_name", "main_url", "store_url")})
    assert result == configuration.read(file(**{name: None for name in SETTINGS if name not in NEEDED}), {})
