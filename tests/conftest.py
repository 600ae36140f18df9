"""What holds for all tests: a slow machine fails none of them."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "stepfleet",
    settings.get_profile(settings.get_current_profile_name()),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("stepfleet")
