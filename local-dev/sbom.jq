# `cargo metadata` as CycloneDX 1.5: what the programs are built from, who needs whom. Crates for tests only are left out.
def closure($needs):
  {seen: (map({key: ., value: true}) | from_entries), next: .}
  | until(.next == [];
      .seen as $seen
      | ([.next[] | $needs[.][]] | unique | map(select($seen[.] | not))) as $new
      | {seen: ($seen + ($new | map({key: ., value: true}) | from_entries)), next: $new})
  | .seen | keys;

($checksums | split("\n") | map(select(. != "") | split(" ") | {key: .[0], value: .[1]}) | from_entries) as $checksum
| (.packages | map({key: .id, value: .}) | from_entries) as $package
| (.resolve.nodes | map({key: .id, value: [.deps[] | select(any(.dep_kinds[]; .kind != "dev")) | .pkg]}) | from_entries) as $needs
| [.workspace_members[] | select($package[.].manifest_path | contains("/tests/") | not)] as $programs
| def ref: $package[.] | "pkg:cargo/\(.name)@\(.version)";
  def component:
    . as $id | $package[.]
    | {type: (if .source then "library" else "application" end), "bom-ref": ($id | ref), name, version, purl: ($id | ref)}
      + (if .license then {licenses: [{expression: (.license | gsub("/"; " OR "))}]} else {} end)
      + ($checksum["\(.name)@\(.version)"] as $sum | if $sum then {hashes: [{alg: "SHA-256", content: $sum}]} else {} end);
  ($programs | closure($needs)) as $all
| {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {component: {type: "application", "bom-ref": "codex-auth-central", name: "codex-auth-central", version: $version}},
    components: ($all | map(component)),
    dependencies: ([{ref: "codex-auth-central", dependsOn: ($programs | map(ref))}] + ($all | map({ref: ref, dependsOn: ($needs[.] | map(ref) | unique)})))
  }
