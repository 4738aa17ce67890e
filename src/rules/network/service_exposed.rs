//! `service-exposed`

use std::net::IpAddr;

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::{KindName, ObjectView};
use crate::yaml::Cursor;

rule! {
    /// A Service that is reachable from outside the cluster.
    ///
    /// ## Why
    ///
    /// A Service of type LoadBalancer or NodePort bypasses the ingress controller, and with it TLS, authentication
    /// and the place where people look for what is public. `externalIPs` lets whoever writes the Service take over
    /// the traffic of any address (CVE-2020-8554).
    ///
    /// - **warning**: LoadBalancer open to everyone; `externalIPs`
    /// - **note**: NodePort, which firewalls of the nodes usually stop; LoadBalancer behind
    ///   `loadBalancerSourceRanges`, with the annotation of an internal load balancer, or with a private address
    ///
    /// ## What passes
    ///
    /// - what is there to be reached: Services of ingress controllers and gateways, recognised by namespace, name or
    ///   the label `app.kubernetes.io/name`
    /// - ClusterIP, headless and ExternalName Services
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: admin
    ///   namespace: shop
    /// spec:
    ///   type: LoadBalancer
    ///   selector:
    ///     app: admin
    ///   ports:
    ///     - port: 80
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: admin
    ///   namespace: shop
    /// spec:
    ///   type: ClusterIP
    ///   selector:
    ///     app: admin
    ///   ports:
    ///     - port: 80
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types>
    /// - <https://github.com/kubernetes/kubernetes/issues/97076>
    pub static RULE = "service-exposed" {
        level: Warning,
        security: 4.0,
        precision: High,
        tags: ["network", "exposure"],
        aliases: [
            Kics "Service Type is NodePort",
            Kics "Service With External Load Balancer",
            KubeLinter "exposed-services",
            KubeScore "service-type",
            Trivy "KSV-0108",
        ],
        checks: [Check::Object(&[SERVICE], check)],
    }
}

const SERVICE: KindName = KindName { group: "", kind: "Service" };

/// Words that start or are the name of something that stands at the edge of a cluster.
const EDGES: [&str; 15] = [
    "ambassador",
    "apisix",
    "cilium-gateway",
    "contour",
    "emissary",
    "envoy",
    "gateway",
    "haproxy",
    "ingress",
    "istio",
    "kong",
    "kourier",
    "nginx-gateway",
    "nginx-ingress",
    "traefik",
];

/// Annotations that ask for a load balancer inside the private network, with the beginning of their value.
const INTERNAL: [(&str, &str); 12] = [
    ("service.beta.kubernetes.io/aws-load-balancer-internal", ""),
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"),
    ("service.beta.kubernetes.io/azure-load-balancer-internal", "true"),
    ("service.beta.kubernetes.io/openstack-internal-load-balancer", "true"),
    ("service.beta.kubernetes.io/oci-load-balancer-internal", "true"),
    ("oci-network-load-balancer.oraclecloud.com/internal", "true"),
    ("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", "intranet"),
    ("service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", "private"),
    ("service.kubernetes.io/qcloud-loadbalancer-internal-subnetid", ""),
    ("networking.gke.io/load-balancer-type", "internal"),
    ("cloud.google.com/load-balancer-type", "internal"),
    ("load-balancer.hetzner.cloud/disable-public-network", "true"),
];

fn check(service: &ObjectView<'_>, cx: &mut Cx<'_>) {
    if is_edge(service) {
        return;
    }
    let field = |name| service.root.path(&["spec", name]);
    if let Some(addresses) = field("externalIPs").filter(|list| list.items().next().is_some()) {
        let report = Report {
            message: "the Service claims the addresses of `externalIPs`".into(),
            why: "every node then takes the traffic for these addresses, whoever they belong to (CVE-2020-8554)".into(),
            help: "publish it through an Ingress, a Gateway or a load balancer".into(),
        };
        cx.report(addresses.key().unwrap_or(addresses), report);
    }
    let Some(kind) = field("type") else { return };
    match kind.text().as_deref() {
        Some("LoadBalancer") => load_balancer(service, kind, cx),
        Some("NodePort") => {
            let report = Report {
                message: "the Service opens a port on every node (NodePort)".into(),
                why: "it is reachable from wherever the nodes are, past the ingress controller's TLS and access rules"
                    .into(),
                help: "use ClusterIP behind an Ingress or a Gateway".into(),
            };
            cx.report(kind, report).level = Level::Note;
        }
        _ => {}
    }
}

fn load_balancer(service: &ObjectView<'_>, kind: Cursor<'_>, cx: &mut Cx<'_>) {
    let (is_internal, has_ranges) = (is_internal(service), has_ranges(service));
    let (level, message) = match (is_internal, has_ranges) {
        (true, _) => (Level::Note, "the Service gets a load balancer inside the private network"),
        (false, true) => (Level::Note, "the Service gets a load balancer for certain source ranges"),
        (false, false) => (cx.level(), "the Service gets a load balancer that is open to every address"),
    };
    // What is set already is no advice.
    let help = match (is_internal, has_ranges) {
        (true, true) => "use ClusterIP behind an Ingress or a Gateway",
        (true, false) => {
            "use ClusterIP behind an Ingress or a Gateway, or narrow it with `loadBalancerSourceRanges`"
        }
        (false, true) => {
            "use ClusterIP behind an Ingress or a Gateway, or your cloud's annotation for internal load balancers"
        }
        (false, false) => {
            "use ClusterIP behind an Ingress or a Gateway, or narrow it with `loadBalancerSourceRanges` or your \
             cloud's annotation for internal load balancers"
        }
    };
    let report = Report {
        message: message.into(),
        why: "it goes past the ingress controller's TLS and access rules, and past the place where people look for \
              what is public"
            .into(),
        help: help.into(),
    };
    cx.report(kind, report).level = level;
}

/// Annotations with which load balancers outside the clouds get their addresses, separated by commas.
const ADDRESSES: [&str; 6] = [
    "io.cilium/lb-ipam-ips",
    "kube-vip.io/loadbalancerIPs",
    "lbipam.cilium.io/ips",
    "metallb.io/loadBalancerIPs",
    "metallb.universe.tf/loadBalancerIPs",
    "purelb.io/addresses",
];

/// Whether the Service asks for private addresses and no others.
fn has_private_address(service: &ObjectView<'_>) -> bool {
    let field = service.root.path(&["spec", "loadBalancerIP"]).and_then(|address| address.text());
    let texts: Vec<_> = ADDRESSES.iter().filter_map(|name| service.annotation(name)).chain(field).collect();
    let mut addresses = texts.iter().flat_map(|text| text.split(',')).map(str::trim).peekable();
    let is_private = |address: &str| match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_private(),
        Ok(IpAddr::V6(address)) => address.is_unique_local(),
        Err(_) => false,
    };
    addresses.peek().is_some() && addresses.all(is_private)
}

fn is_internal(service: &ObjectView<'_>) -> bool {
    let is_asked_for = INTERNAL.iter().any(|(name, start)| {
        service.annotation(name).is_some_and(|value| {
            let value = value.to_ascii_lowercase();
            value.starts_with(start) && value != "false"
        })
    });
    is_asked_for || has_private_address(service) || has_private_class(service)
}

/// Whether the class is one of a private network: that of a tailnet, and kube-vip's with an address by DHCP.
fn has_private_class(service: &ObjectView<'_>) -> bool {
    let text = |name| service.root.path(&["spec", name]).and_then(|value| value.text()).unwrap_or_default();
    let class = text("loadBalancerClass");
    class == "tailscale" || class.starts_with("kube-vip.io/") && text("loadBalancerIP") == "0.0.0.0"
}

fn has_ranges(service: &ObjectView<'_>) -> bool {
    let ranges = service.root.path(&["spec", "loadBalancerSourceRanges"]);
    let texts: Vec<_> =
        ranges.into_iter().flat_map(|list| list.items()).filter_map(|item| item.text()).collect();
    !texts.is_empty() && !texts.iter().any(|range| matches!(range.trim(), "0.0.0.0/0" | "::/0"))
}

/// Whether the Service belongs to an ingress controller or a gateway.
fn is_edge(service: &ObjectView<'_>) -> bool {
    let label = |name: &str| service.label(name).unwrap_or_default();
    let names = [
        service.namespace().unwrap_or_default(),
        service.name(),
        label("app.kubernetes.io/name"),
        label("app.kubernetes.io/part-of"),
        label("app"),
    ];
    let is_owned_by_gateway = !label("gateway.networking.k8s.io/gateway-name").is_empty();
    is_owned_by_gateway || names.iter().any(|name| is_edge_name(name))
}

/// `ingress-nginx`, `istio-system`, `public-gateway`, `traefik`; not `payment-gateway-admin`.
fn is_edge_name(name: &str) -> bool {
    let follows = |rest: &str| rest.is_empty() || rest.starts_with(['-', '.']);
    EDGES.iter().any(|edge| {
        name.strip_prefix(edge).is_some_and(follows)
            || name.strip_suffix(edge).is_some_and(|rest| rest.ends_with('-'))
    }) || name.split('-').any(|word| word == "ingress" || word == "ingressgateway")
}
