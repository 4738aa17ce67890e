//! `deprecated-volume-type`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView, PodSpec};
use crate::rules::support::controllers;
use crate::yaml::Cursor;

use super::checked;

rule! {
    /// A volume of a type that Kubernetes has removed, or hands on to a driver.
    ///
    /// ## Why
    ///
    /// Pods with a volume of a removed type do not start. The volumes of clouds are handed on to CSI drivers, which somebody
    /// has to install, and whose own fields say more.
    ///
    /// ## What is reported
    ///
    /// In pods and PersistentVolumes: `gitRepo`, `flocker`, `quobyte`, `storageos`, `glusterfs`, `scaleIO`, `cephfs`, `rbd`,
    /// `photonPersistentDisk`, `flexVolume`, `awsElasticBlockStore`, `azureDisk`, `azureFile`, `cinder`,
    /// `gcePersistentDisk`, `portworxVolume` and `vsphereVolume`.
    ///
    /// ## What passes
    ///
    /// - a type that the version of `kubernetes-version` does not call deprecated yet
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   volumes:
    ///     - name: data
    ///       glusterfs:
    ///         endpoints: gluster
    ///         path: data
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   volumes:
    ///     - name: data
    ///       persistentVolumeClaim:
    ///         claimName: data
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/storage/volumes/#volume-types>
    pub static RULE = "deprecated-volume-type" {
        level: Warning,
        precision: VeryHigh,
        tags: ["deprecation", "volumes"],
        aliases: [Trivy "KSV-0028"],
        checks: [Check::Around(&Check::Pod(pod)), Check::Around(&Check::Object(&[VOLUME], volume))],
    }
}

const VOLUME: KindName = KindName { group: "", kind: "PersistentVolume" };

/// A type, the version that called it deprecated, the one that removed it (0: not yet), and what to use.
const TYPES: [(&str, u16, u16, &str); 17] = [
    ("gitRepo", 11, 0, "clone in an init container into an `emptyDir`"),
    ("flocker", 22, 25, "mount a PersistentVolumeClaim"),
    ("quobyte", 22, 25, "mount a PersistentVolumeClaim"),
    ("storageos", 22, 25, "mount a PersistentVolumeClaim"),
    ("scaleIO", 16, 22, "mount a PersistentVolumeClaim"),
    ("photonPersistentDisk", 11, 11, "mount a PersistentVolumeClaim"),
    ("glusterfs", 25, 26, "mount a PersistentVolumeClaim"),
    ("cephfs", 28, 31, "use the CSI driver `cephfs.csi.ceph.com`"),
    ("rbd", 28, 31, "use the CSI driver `rbd.csi.ceph.com`"),
    ("flexVolume", 23, 0, "use a CSI driver"),
    ("awsElasticBlockStore", 17, 0, "use the CSI driver `ebs.csi.aws.com`"),
    ("azureDisk", 19, 0, "use the CSI driver `disk.csi.azure.com`"),
    ("azureFile", 21, 0, "use the CSI driver `file.csi.azure.com`"),
    ("cinder", 18, 0, "use the CSI driver `cinder.csi.openstack.org`"),
    ("gcePersistentDisk", 17, 0, "use the CSI driver `pd.csi.storage.gke.io`"),
    ("portworxVolume", 25, 0, "use the CSI driver `pxd.portworx.com`"),
    ("vsphereVolume", 19, 0, "use the CSI driver `csi.vsphere.vmware.com`"),
];

fn pod(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    if !controllers::is_generated(&pod.object) {
        pod.volumes().for_each(|volume| source(volume, cx));
    }
}

fn volume(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    object.root.get("spec").inspect(|spec| source(*spec, cx));
}

fn source(volume: Cursor<'_>, cx: &mut Cx<'_>) {
    let target = checked::Schemas::of(cx.world()).target;
    volume.for_each_entry(|entry| {
        let Some(name) = entry.key.text() else { return };
        let Some((_, deprecated, removed, help)) = TYPES.iter().find(|(known, ..)| *known == name) else {
            return;
        };
        if *deprecated > target.newest() || entry.value.is_null() {
            return;
        }
        let is_removed = *removed > 0 && *removed <= target.newest();
        let (message, why) = match is_removed {
            true => (
                format!("Kubernetes 1.{removed} removed volumes of the type `{name}`"),
                "a pod with such a volume does not start",
            ),
            false => (
                format!("volumes of the type `{name}` are deprecated since Kubernetes 1.{deprecated}"),
                match &*name {
                    "gitRepo" => {
                        "it runs git on the node, and newer clusters refuse it unless somebody turns it on"
                    }
                    "flexVolume" => "nobody develops it any more, and its drivers have to be on every node",
                    _ => "Kubernetes hands it on to a CSI driver, which has to be installed",
                },
            ),
        };
        cx.report(At::key(entry.value), Report { message, why: why.into(), help: (*help).into() });
    });
}
