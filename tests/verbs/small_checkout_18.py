"""A small checkout of edition 18: every file that has entries, in the shape of the real one, with invented types."""

from collections.abc import Mapping

from .small_checkout import CHECKOUT_16, JSON_COUNT

COUNTS = '    "package_files_verification_failed_count": null,\n    "boilers_count": 5,\n'
PERCENTAGES = '    "package_files_verified_in_percentage": "0.00%",\n    "boilers_verified_in_percentage": "0.00%"\n'
EXAMPLE = f'  {{\n    "db_replication_lag_seconds": null,\n{COUNTS}{PERCENTAGES}  }}'

CHECKOUT_18: Mapping[str, str] = {
    **{path: text for path, text in CHECKOUT_16.items() if path != "spec/models/factories_spec.rb"},
    "VERSION": "18.9.0-pre\n",
    "app/assets/javascripts/graphql_shared/possible_types.json": """{
  "Alert": [
    "Bell"
  ],
  "Registrable": [
    "BoilerRegistry",
    "PackageFileRegistry"
  ]
}
""",
    "doc/administration/geo/replication/datatypes.md": """# Geo data types

## Data types

| Type     | Feature / component | Replication method | Verification method |
|:---------|:--------------------|:-------------------|:--------------------|
| Database | Data in PostgreSQL  | Native             | Native              |
| Git      | Boilers             | Geo with Gitaly    | Gitaly Checksum     |
| Blob     | Package files       | Geo with API       | SHA256 checksum     |

#### Enable or disable replication (for some data types)

To disable it:

```ruby
Feature.disable(:geo_boiler_replication)
```

| Feature | Replicated | Verified | Remote | Remote verified | Notes |
|:--------|:-----------|:---------|:-------|:----------------|:------|
| Boilers | **Yes**    | **Yes**  | No     | No              |       |
""",
    "doc/administration/geo/replication/troubleshooting/synchronization_verification.md": """# Troubleshooting

#### Geo data type Model classes

The classes:

- **Blob types**:
  - `Ci::Furnace`
  - `Upload`
- **Git Repository types**:
  - `Boiler`
- **Other types**:
  - `Tank`

#### Geo Registry classes

The classes:

- **Blob types**:
  - `Geo::FurnaceRegistry`
  - `Geo::UploadRegistry`
- **Git Repository types**:
  - `Geo::BoilerRegistry`
""",
    "doc/administration/monitoring/prometheus/gitlab_metrics.md": """# Metrics

## Sidekiq metrics

| Metric                | Type  | Since | Labels | Description |
|:----------------------|:------|:------|:-------|:------------|
| `geo_boilers_failed`  | Gauge | 15.0  | `url`  | Number of boilers that failed |
| `geo_boilers`         | Gauge | 15.0  | `url`  | Number of boilers on primary |
| `geo_package_files`   | Gauge | 15.1  | `url`  | Number of package files |
""",
    "doc/api/admin/data_management.md": """# Data management API

## Retrieve model information

The `:model_name` parameter must be one of:

- `boilers`
- `packages_package_files`
- `uploads`

Supported attributes:

- `none`
""",
    "doc/api/geo_sites.md": f"""# Geo sites API

## List the status of all Geo sites

```json
[
{EXAMPLE},
{EXAMPLE}
]
```

## Retrieve the status of one

```json
{EXAMPLE}
```
""",
    "ee/app/graphql/types/geo/registrable_type.rb": """# frozen_string_literal: true

module Types
  module Geo
    class RegistrableType < BaseUnion
      GEO_REGISTRY_TYPES = {
        ::Geo::BoilerRegistry => Types::Geo::BoilerRegistryType
      }.freeze
    end
  end
end
""",
    "ee/app/models/ee/repository.rb": """# frozen_string_literal: true

module EE
  module Repository
    def log_geo_updated_event
      return unless ::Gitlab::Geo.primary?

      case container
      when Boiler # the hot ones
        container.geo_handle_after_update
      else
        raise "Cannot log a Geo updated event for #{container.class}"
      end
    end
  end
end
""",
    "ee/lib/ee/api/geo.rb": """# frozen_string_literal: true

module EE
  module API
    module Geo
      prepended do
        resource :geo do
          params do
            requires :geo_node_id, type: Integer, desc: 'Geo Node ID'
            optional :status, type: Hash do
              optional :boilers_count, type: Integer, desc: 'Boilers count'
              optional :boilers_failed_count, type: Integer, desc: 'Boilers failed count'
            end
          end
        end
      end
    end
  end
end
""",
    "ee/spec/fixtures/api/schemas/public_api/v4/geo_site_status.json": f"""{{
  "type": "object",
  "required": [
    "package_files_count",
    "_links"
  ],
  "properties": {{
    "package_files_count": {JSON_COUNT},
    "_links": {{ "type": "object" }}
  }},
  "additionalProperties": false
}}
""",
    "ee/spec/graphql/types/geo/registry_class_enum_spec.rb": """# frozen_string_literal: true

require 'spec_helper'

RSpec.describe Types::Geo::RegistryClassEnum do
  let(:registry_classes) do
    %w[
      PACKAGE_FILE_REGISTRY
      BOILER_REGISTRY
    ]
  end
end
""",
    "ee/spec/lib/gitlab/geo/base_batcher_spec.rb": """# frozen_string_literal: true

require 'spec_helper'

RSpec.describe Gitlab::Geo::BaseBatcher do
  models_with_separate_verification_state_table = [
    Boiler,
    Upload
  ]
end
""",
    "ee/spec/support/shared_contexts/graphql/geo/registries_shared_context.rb": """# frozen_string_literal: true

RSpec.shared_context 'with geo registries shared context' do
  using RSpec::Parameterized::TableSyntax

  where(:registry_class, :registry_type, :registry_factory) do
    # rubocop:disable Layout/LineLength
    Geo::BoilerRegistry | Types::Geo::BoilerRegistryType | :geo_boiler_registry
    Geo::TankRegistry   | Types::Geo::TankRegistryType   | :geo_tank_registry
    # rubocop:enable Layout/LineLength
  end
end
""",
    "ee/spec/uploaders/every_gitlab_uploader_spec.rb": """# frozen_string_literal: true

require 'spec_helper'

RSpec.describe 'Every GitLab uploader' do
  # rubocop:disable Layout/LineLength
  def known_unimplemented_uploader?(uploader)
    {
      FurnaceUploader => 'Burns everything.',
      CoolWidgetUploader => "This feature is not yet released. We do want to replicate this, " \\
                            "see https://example.com/1.",
      TankUploader => 'Leaks.'
    }.key?(uploader)
  end
  # rubocop:enable Layout/LineLength
end
""",
    "locale/gitlab.pot": """# SOME DESCRIPTIVE TITLE.
#, fuzzy
msgid ""
msgstr ""
"Project-Id-Version: gitlab 1.0.0\\n"

msgid "Geo|Boiler"
msgstr ""

msgid "Geo|Tank"
msgid_plural "Geo|%d tanks"
msgstr[0] ""
msgstr[1] ""

msgid "Hello"
msgstr ""
""",
    "spec/support/helpers/stub_object_storage.rb": """# frozen_string_literal: true

module StubObjectStorage
  def stub_object_storage_uploader(config:, uploader:, **params)
    stub_object_storage(**params)
  end

  def stub_object_storage(connection_params:, remote_directory:)
    Fog.mock!
  end

  def stub_furnace_object_storage(**params)
    stub_object_storage_uploader(config: Gitlab.config.furnaces.object_store, **params)
  end
end
""",
}
