"""A pure builder per child of a pool: from the spec to the object as it is applied."""
