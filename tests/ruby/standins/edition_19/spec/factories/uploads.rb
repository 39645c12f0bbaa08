# frozen_string_literal: true

# Only the trees of partitions have their table.
if Application.type['parent_table']
  FactoryBot.define do
    factory :upload do
      model { association(:project) }
      path { 'file.png' }

      trait :with_file

      trait :object_storage do
        store { ObjectStorage::Store::REMOTE }
      end
    end

    factory Application.type.fetch('parent_table').singularize, class: Application.type.fetch('parent_table').classify
  end
end
