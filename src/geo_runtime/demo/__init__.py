"""The demonstration: a type replicating and verifying between two sites, with the accidents that Geo is made for.

`python -m geo_runtime.demo --type MODULE:ATTRIBUTE`; `geo-scaffold demo` makes a type first and then runs this. Bottom
up:

    options                 what was asked for
    leftovers               of demonstrations that were killed
    replica                 the copy of the main database that the secondary sees, and its lag
    queues                  the Redis server that carries jobs, if there is one
    ports                   which the sites keep while they are down
    network                 the cable between the sites, which can be cut
    processes               the sites as processes, started again when they die
    browser                 what a person does on the secondary's pages
    stage                   all of that together, and what can be seen of it
    steps, script           what happens, and the proof of each
    story                   one telling of it, or another, and how far it is
    display                 a terminal, or JSON
    observer                what can be seen of both sites, and what changed: values for the control page
    actions                 what somebody may do to the sites, each by name
    board                   the control page: all of that in a browser, and for curl
"""
