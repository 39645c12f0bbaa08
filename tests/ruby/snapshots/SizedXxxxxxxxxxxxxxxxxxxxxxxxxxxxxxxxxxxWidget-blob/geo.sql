CREATE TABLE sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_registry (
    id bigint NOT NULL,
    sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_id bigint NOT NULL,
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
    CONSTRAINT check_be1f65939e CHECK ((char_length(verification_failure) <= 255)),
    CONSTRAINT check_da36a8b191 CHECK ((char_length(last_sync_failure) <= 255))
);

CREATE SEQUENCE sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_registr_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_registr_id_seq OWNED BY sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_registry.id;

ALTER TABLE ONLY sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_registry ALTER COLUMN id SET DEFAULT nextval('sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_registr_id_seq'::regclass);

ALTER TABLE ONLY sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_registry
    ADD CONSTRAINT sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_registry_pkey PRIMARY KEY (id);

CREATE UNIQUE INDEX index_sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widg_72eaa66b15 ON sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_registry USING btree (sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_id);

CREATE INDEX index_sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widg_a6effa68ab ON sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_registry USING btree (state);

CREATE INDEX index_sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widg_e1e2a93662 ON sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_registry USING btree (retry_at);

CREATE INDEX sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_reg_5ea41bdcbc ON sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_registry USING btree (verification_retry_at NULLS FIRST) WHERE ((state = 2) AND (verification_state = 3));

CREATE INDEX sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_reg_b6c91cab0f ON sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_registry USING btree (verification_state) WHERE ((state = 2) AND (verification_state = ANY (ARRAY[0, 3])));

CREATE INDEX sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_reg_d14b437b25 ON sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_registry USING btree (verified_at NULLS FIRST) WHERE ((state = 2) AND (verification_state = 0));
