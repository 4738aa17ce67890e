//! Rules about pods and containers that reach into their node.

pub mod container_runtime_socket;
pub mod host_ipc;
pub mod host_network;
mod host_path;
pub mod host_path_sensitive;
pub mod host_path_volume;
pub mod host_path_writable;
pub mod host_pid;
pub mod host_port;
pub mod host_process_windows;
pub mod privileged_container;
