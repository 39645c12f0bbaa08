"""Factories of records with real data, of registries, and of verification states."""

import datetime

import factory

import geo_runtime

from .model import CoolWidget
from .registry import CoolWidgetRegistry
from .state import CoolWidgetState


class CoolWidgetFactory(geo_runtime.RepositoryFactory[CoolWidget]):
    """Makes records; `create_on` makes one on a site, with its repository."""

    class Meta:
        model = CoolWidget

    disk_path = factory.Sequence(lambda number: f"cool_widgets/{number}")
    full_path = factory.SelfAttribute("disk_path")


class CoolWidgetRegistryFactory(factory.Factory[CoolWidgetRegistry]):
    """Makes registries, pending ones unless a trait says otherwise."""

    class Meta:
        model = CoolWidgetRegistry

    class Params:
        synced = factory.Trait(
            state=geo_runtime.RegistryState.SYNCED,
            last_synced_at=factory.LazyFunction(lambda: _ago(days=5)),
        )
        failed = factory.Trait(
            state=geo_runtime.RegistryState.FAILED,
            last_synced_at=factory.LazyFunction(lambda: _ago(days=1)),
            retry_count=2,
            retry_at=factory.LazyFunction(lambda: _ago(hours=-2)),
            last_sync_failure="Random error",
        )
        started = factory.Trait(
            state=geo_runtime.RegistryState.STARTED,
            last_synced_at=factory.LazyFunction(lambda: _ago(days=1)),
            retry_count=0,
        )
        verification_succeeded = factory.Trait(
            verification_checksum="e079a831cab27bcda7d81cd9b48296d0c3dd92ef",
            verification_state=geo_runtime.VerificationState.SUCCEEDED,
            verified_at=factory.LazyFunction(lambda: _ago(days=5)),
        )

    cool_widget_id = factory.Sequence(lambda number: number + 1)
    state = geo_runtime.RegistryState.PENDING
    created_at = factory.LazyFunction(lambda: _ago(days=6))


class CoolWidgetStateFactory(factory.Factory[CoolWidgetState]):
    """Makes verification states."""

    class Meta:
        model = CoolWidgetState

    class Params:
        checksummed = factory.Trait(verification_checksum="abcd")
        checksum_failure = factory.Trait(verification_failure="Could not calculate the checksum")

    cool_widget_id = factory.Sequence(lambda number: number + 1)


def _ago(**duration: int) -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC) - datetime.timedelta(**duration)
