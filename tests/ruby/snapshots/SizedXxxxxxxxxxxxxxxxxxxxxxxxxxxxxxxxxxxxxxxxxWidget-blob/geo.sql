CREATE TABLE sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_registry (
    id bigint NOT NULL,
    sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_id bigint NOT NULL,
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
    CONSTRAINT check_2917af41fb CHECK ((char_length(verification_failure) <= 255)),
    CONSTRAINT check_8d1335512c CHECK ((char_length(last_sync_failure) <= 255))
);

CREATE SEQUENCE sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_r_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_r_id_seq OWNED BY sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_registry.id;

ALTER TABLE ONLY sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_registry ALTER COLUMN id SET DEFAULT nextval('sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_r_id_seq'::regclass);

ALTER TABLE ONLY sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_registry
    ADD CONSTRAINT sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_reg_pkey PRIMARY KEY (id);

CREATE INDEX index_sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_30b1b90dda ON sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_registry USING btree (state);

CREATE UNIQUE INDEX index_sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_3bc93ec9d0 ON sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_registry USING btree (sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_id);

CREATE INDEX index_sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_87d5227bbc ON sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_registry USING btree (retry_at);

CREATE INDEX sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widg_486e7dd708 ON sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_registry USING btree (verified_at NULLS FIRST) WHERE ((state = 2) AND (verification_state = 0));

CREATE INDEX sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widg_e214ef7819 ON sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_registry USING btree (verification_retry_at NULLS FIRST) WHERE ((state = 2) AND (verification_state = 3));

CREATE INDEX sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widg_fc1c234820 ON sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_registry USING btree (verification_state) WHERE ((state = 2) AND (verification_state = ANY (ARRAY[0, 3])));
