CREATE TABLE boiler_registry (
    id bigint NOT NULL
);

CREATE SEQUENCE boiler_registry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE boiler_registry_id_seq OWNED BY boiler_registry.id;

CREATE TABLE package_file_registry (
    id bigint NOT NULL
);

ALTER TABLE ONLY boiler_registry ALTER COLUMN id SET DEFAULT nextval('boiler_registry_id_seq'::regclass);

ALTER TABLE ONLY boiler_registry
    ADD CONSTRAINT boiler_registry_pkey PRIMARY KEY (id);

ALTER TABLE ONLY package_file_registry
    ADD CONSTRAINT package_file_registry_pkey PRIMARY KEY (id);

CREATE INDEX index_boiler_registry_on_state ON boiler_registry USING btree (id);

CREATE INDEX index_package_file_registry_on_state ON package_file_registry USING btree (id);
