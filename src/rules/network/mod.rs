//! Rules about what is reachable from outside.

mod backend;
pub mod cloud_load_balancer_unencrypted;
pub mod dangling_gateway_backend;
pub mod dangling_ingress_backend;
pub mod dangling_network_policy;
pub mod dangling_network_policy_peer;
pub mod dangling_service_selector;
pub mod dangling_service_target_port;
mod ingress;
pub mod ingress_default_backend;
pub mod ingress_duplicate_route;
pub mod ingress_exposes_workload;
pub mod ingress_nginx_snippet;
pub mod ingress_no_tls;
pub mod ingress_tls_host_mismatch;
pub mod ingress_wildcard_host;
pub mod network_policy_allow_all;
pub mod network_policy_missing;
pub mod network_policy_no_dns_egress;
pub mod route_no_tls;
pub mod service_exposed;
pub mod service_external_name_local;
pub mod service_port_out_of_range;
