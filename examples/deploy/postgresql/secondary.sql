-- On the secondary's second server, once; the first is the standby, which has the primary's roles and takes no changes:
-- psql -p 5433 -f secondary.sql
\getenv geo GEO_PASSWORD
CREATE ROLE geo LOGIN PASSWORD :'geo';
CREATE DATABASE tracking OWNER geo;
CREATE DATABASE store OWNER geo;
