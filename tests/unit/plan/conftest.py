from hypothesis import settings

# How long an example takes says nothing here, and a machine that others use as well is slow at times.
settings.register_profile("plan", deadline=None)
settings.load_profile("plan")
