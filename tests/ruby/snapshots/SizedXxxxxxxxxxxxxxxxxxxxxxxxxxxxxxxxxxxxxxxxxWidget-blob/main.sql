CREATE TABLE sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_states (
    verification_started_at timestamp with time zone,
    verification_retry_at timestamp with time zone,
    verified_at timestamp with time zone,
    sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_id bigint NOT NULL,
    verification_state smallint DEFAULT 0 NOT NULL,
    verification_retry_count smallint DEFAULT 0 NOT NULL,
    verification_checksum bytea,
    verification_failure text,
    CONSTRAINT check_b9a69be10f CHECK ((char_length(verification_failure) <= 255))
);

ALTER TABLE ONLY sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_states
    ADD CONSTRAINT sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_sta_pkey PRIMARY KEY (sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_id);

CREATE INDEX index_sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_0ca513ffc2 ON sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_states USING btree (verification_state);

CREATE INDEX index_sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_11e293cb88 ON sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_states USING btree (verification_retry_at NULLS FIRST) WHERE (verification_state = 3);

CREATE INDEX index_sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_87931e7c2f ON sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_states USING btree (verification_state) WHERE ((verification_state = 0) OR (verification_state = 3));

CREATE INDEX index_sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_b1aff35712 ON sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_states USING btree (verified_at NULLS FIRST) WHERE (verification_state = 0);

ALTER TABLE ONLY sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_states
    ADD CONSTRAINT fk_rails_0b87ea75f6 FOREIGN KEY (sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widget_id) REFERENCES sized_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_widgets(id) ON DELETE CASCADE;
