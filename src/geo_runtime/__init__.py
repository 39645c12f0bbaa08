"""A reference runtime of GitLab Geo's self-service framework: a replicable type at work between two sites.

The library knows no particular type. A type brings a model, a state model, a registry and a replicator; the library
publishes events, consumes them, copies and verifies data, and finds what events missed. GitLab's Ruby code is the
model: names, tables and states are its own, and where a rule looks odd it is because GitLab has it so.
"""
