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

CREATE TABLE cool_widget_registry (
    id bigint NOT NULL,
    cool_widget_id bigint NOT NULL,
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
    verification_checksum bytea,
    verification_checksum_mismatched bytea,
    verification_failure text,
    last_sync_failure text,
    CONSTRAINT check_39fb66da50 CHECK ((char_length(last_sync_failure) <= 255)),
    CONSTRAINT check_5621d0d23f CHECK ((char_length(verification_failure) <= 255))
);

CREATE SEQUENCE cool_widget_registry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE cool_widget_registry_id_seq OWNED BY cool_widget_registry.id;

CREATE TABLE package_file_registry (
    id bigint NOT NULL
);

ALTER TABLE ONLY boiler_registry ALTER COLUMN id SET DEFAULT nextval('boiler_registry_id_seq'::regclass);

ALTER TABLE ONLY cool_widget_registry ALTER COLUMN id SET DEFAULT nextval('cool_widget_registry_id_seq'::regclass);

ALTER TABLE ONLY boiler_registry
    ADD CONSTRAINT boiler_registry_pkey PRIMARY KEY (id);

ALTER TABLE ONLY cool_widget_registry
    ADD CONSTRAINT cool_widget_registry_pkey PRIMARY KEY (id);

ALTER TABLE ONLY package_file_registry
    ADD CONSTRAINT package_file_registry_pkey PRIMARY KEY (id);

CREATE INDEX cool_widget_registry_failed_verification ON cool_widget_registry USING btree (verification_retry_at NULLS FIRST) WHERE ((state = 2) AND (verification_state = 3));

CREATE INDEX cool_widget_registry_needs_verification ON cool_widget_registry USING btree (verification_state) WHERE ((state = 2) AND (verification_state = ANY (ARRAY[0, 3])));

CREATE INDEX cool_widget_registry_pending_verification ON cool_widget_registry USING btree (verified_at NULLS FIRST) WHERE ((state = 2) AND (verification_state = 0));

CREATE INDEX index_boiler_registry_on_state ON boiler_registry USING btree (id);

CREATE UNIQUE INDEX index_cool_widget_registry_on_cool_widget_id ON cool_widget_registry USING btree (cool_widget_id);

CREATE INDEX index_cool_widget_registry_on_retry_at ON cool_widget_registry USING btree (retry_at);

CREATE INDEX index_cool_widget_registry_on_state ON cool_widget_registry USING btree (state);

CREATE INDEX index_package_file_registry_on_state ON package_file_registry USING btree (id);
