CREATE TABLE boilers (
    id bigint NOT NULL
);

CREATE TABLE cool_widget_states (
    id bigint NOT NULL,
    verification_started_at timestamp with time zone,
    verification_retry_at timestamp with time zone,
    verified_at timestamp with time zone,
    cool_widget_id bigint NOT NULL,
    verification_state smallint DEFAULT 0 NOT NULL,
    verification_retry_count smallint DEFAULT 0 NOT NULL,
    verification_checksum bytea,
    verification_failure text,
    CONSTRAINT check_cdcb6708de CHECK ((char_length(verification_failure) <= 255))
);

CREATE SEQUENCE cool_widget_states_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE cool_widget_states_id_seq OWNED BY cool_widget_states.id;

CREATE TABLE projects (
    id bigint NOT NULL
);

ALTER TABLE ONLY cool_widget_states ALTER COLUMN id SET DEFAULT nextval('cool_widget_states_id_seq'::regclass);

ALTER TABLE ONLY boilers
    ADD CONSTRAINT boilers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY cool_widget_states
    ADD CONSTRAINT cool_widget_states_pkey PRIMARY KEY (id);

ALTER TABLE ONLY projects
    ADD CONSTRAINT projects_pkey PRIMARY KEY (id);

CREATE INDEX index_boilers_on_id ON boilers USING btree (id);

CREATE INDEX index_cool_widget_states_failed_verification ON cool_widget_states USING btree (verification_retry_at NULLS FIRST) WHERE (verification_state = 3);

CREATE INDEX index_cool_widget_states_needs_verification ON cool_widget_states USING btree (verification_state) WHERE ((verification_state = 0) OR (verification_state = 3));

CREATE UNIQUE INDEX index_cool_widget_states_on_cool_widget_id ON cool_widget_states USING btree (cool_widget_id);

CREATE INDEX index_cool_widget_states_on_verification_state ON cool_widget_states USING btree (verification_state);

CREATE INDEX index_cool_widget_states_pending_verification ON cool_widget_states USING btree (verified_at NULLS FIRST) WHERE (verification_state = 0);

CREATE INDEX index_projects_on_id ON projects USING btree (id);

ALTER TABLE ONLY boilers
    ADD CONSTRAINT fk_rails_0000000000 FOREIGN KEY (id) REFERENCES projects(id) ON DELETE CASCADE;

ALTER TABLE ONLY projects
    ADD CONSTRAINT fk_rails_1111111111 FOREIGN KEY (id) REFERENCES boilers(id) ON DELETE CASCADE;

ALTER TABLE ONLY cool_widget_states
    ADD CONSTRAINT fk_rails_6f045fea17 FOREIGN KEY (cool_widget_id) REFERENCES cool_widgets(id) ON DELETE CASCADE;
