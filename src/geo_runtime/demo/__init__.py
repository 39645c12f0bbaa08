"""The demonstration: a type replicating and verifying between two sites, with the accidents for which Geo is made.

`python -m geo_runtime.demo --type MODULE:ATTRIBUTE`; `geo-scaffold demo` generates a type first and then runs this.
Bottom up:

    options                 the options of the command line
    leftovers               left by killed demonstrations
    replica                 the secondary's copy of the main database, and its lag
    queues                  the Redis server that carries jobs, if any
    ports                   kept by the sites while they are down
    network                 the cable between the sites, which can be cut
    processes               the sites as processes, restarted when they die
    browser                 a person's actions on the secondary's pages
    stage                   all of that together, and its observable state
    steps, script           the steps, and the proof of each
    story                   one run of the script, and its progress
    display                 a terminal, or JSON
    observer                the state of both sites and its changes, for the control page
    actions                 what a user may do to the sites, by name
    board                   the control page: all of that in a browser, and for curl
"""
