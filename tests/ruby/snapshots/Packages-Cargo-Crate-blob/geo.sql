CREATE TABLE packages_cargo_crate_registry (
    id bigint NOT NULL,
    packages_cargo_crate_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_synced_at timestamp with time zone,
    retry_at timestamp with time zone,
    verified_at timestamp with time zone,
    verification_started_at timestamp with time zone,
    verification_retry_at timestamp with time zone,
    state smallint DEFAULT 0 NOT NULL,
    verification_state smallint DEFAULT 0 NOT NULL,
    retry_count smallint DEFAULT 0 NOT NULL,
    verification_retry_count smallint DEFAULT 0 NOT NULL,
    checksum_mismatch boolean DEFAULT false NOT NULL,
    force_to_redownload boolean DEFAULT false NOT NULL,
    verification_checksum bytea,
    verification_checksum_mismatched bytea,
    verification_failure text,
    last_sync_failure text,
    CONSTRAINT check_44bfc4f4e1 CHECK ((char_length(verification_failure) <= 255)),
    CONSTRAINT check_d4a3e79878 CHECK ((char_length(last_sync_failure) <= 255))
);

CREATE SEQUENCE packages_cargo_crate_registry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE packages_cargo_crate_registry_id_seq OWNED BY packages_cargo_crate_registry.id;

ALTER TABLE ONLY packages_cargo_crate_registry ALTER COLUMN id SET DEFAULT nextval('packages_cargo_crate_registry_id_seq'::regclass);

ALTER TABLE ONLY packages_cargo_crate_registry
    ADD CONSTRAINT packages_cargo_crate_registry_pkey PRIMARY KEY (id);

CREATE UNIQUE INDEX index_packages_cargo_crate_registry_on_packages_cargo_crate_id ON packages_cargo_crate_registry USING btree (packages_cargo_crate_id);

CREATE INDEX index_packages_cargo_crate_registry_on_retry_at ON packages_cargo_crate_registry USING btree (retry_at);

CREATE INDEX index_packages_cargo_crate_registry_on_state ON packages_cargo_crate_registry USING btree (state);

CREATE INDEX packages_cargo_crate_registry_failed_verification ON packages_cargo_crate_registry USING btree (verification_retry_at NULLS FIRST) WHERE ((state = 2) AND (verification_state = 3));

CREATE INDEX packages_cargo_crate_registry_needs_verification ON packages_cargo_crate_registry USING btree (verification_state) WHERE ((state = 2) AND (verification_state = ANY (ARRAY[0, 3])));

CREATE INDEX packages_cargo_crate_registry_pending_verification ON packages_cargo_crate_registry USING btree (verified_at NULLS FIRST) WHERE ((state = 2) AND (verification_state = 0));
