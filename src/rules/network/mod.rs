//! Rules about what is reachable from outside.

mod backend;
pub mod dangling_gateway_backend;
pub mod dangling_ingress_backend;
pub mod dangling_network_policy;
pub mod dangling_service_selector;
pub mod dangling_service_target_port;
pub mod service_exposed;
