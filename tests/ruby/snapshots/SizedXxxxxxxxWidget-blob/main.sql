CREATE TABLE sized_xxxxxxxx_widget_states (
    verification_started_at timestamp with time zone,
    verification_retry_at timestamp with time zone,
    verified_at timestamp with time zone,
    sized_xxxxxxxx_widget_id bigint NOT NULL,
    verification_state smallint DEFAULT 0 NOT NULL,
    verification_retry_count smallint DEFAULT 0 NOT NULL,
    verification_checksum bytea,
    verification_failure text,
    CONSTRAINT check_7e54d7273d CHECK ((char_length(verification_failure) <= 255))
);

ALTER TABLE ONLY sized_xxxxxxxx_widget_states
    ADD CONSTRAINT sized_xxxxxxxx_widget_states_pkey PRIMARY KEY (sized_xxxxxxxx_widget_id);

CREATE INDEX index_sized_xxxxxxxx_widget_states_failed_verification ON sized_xxxxxxxx_widget_states USING btree (verification_retry_at NULLS FIRST) WHERE (verification_state = 3);

CREATE INDEX index_sized_xxxxxxxx_widget_states_needs_verification ON sized_xxxxxxxx_widget_states USING btree (verification_state) WHERE ((verification_state = 0) OR (verification_state = 3));

CREATE INDEX index_sized_xxxxxxxx_widget_states_on_verification_state ON sized_xxxxxxxx_widget_states USING btree (verification_state);

CREATE INDEX index_sized_xxxxxxxx_widget_states_pending_verification ON sized_xxxxxxxx_widget_states USING btree (verified_at NULLS FIRST) WHERE (verification_state = 0);

ALTER TABLE ONLY sized_xxxxxxxx_widget_states
    ADD CONSTRAINT fk_rails_e157119477 FOREIGN KEY (sized_xxxxxxxx_widget_id) REFERENCES sized_xxxxxxxx_widgets(id) ON DELETE CASCADE;
