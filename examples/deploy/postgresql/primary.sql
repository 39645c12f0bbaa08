-- On the primary's server, once, with both passwords in the environment, where nobody else sees them: psql -f primary.sql
\getenv geo GEO_PASSWORD
\getenv replicator REPLICATOR_PASSWORD
CREATE ROLE geo LOGIN PASSWORD :'geo';
CREATE ROLE replicator LOGIN REPLICATION PASSWORD :'replicator';
CREATE DATABASE main OWNER geo;
CREATE DATABASE store OWNER geo;
-- The server keeps for the secondary what it has not got yet, however long the network is cut: watch the disk.
SELECT pg_create_physical_replication_slot('paris');
