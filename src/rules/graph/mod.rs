//! Rules about graph.

pub mod crd_not_before_cr;
pub mod helm_chart_forked;
pub mod helm_chart_version_floating;
pub mod manifest_orphaned;
pub mod monorepo_refresh_fanout;
pub mod namespace_not_declared;
pub mod post_deploy_test_missing;
pub mod reconciliation_alerts_missing;
pub mod resource_multiple_owners;
