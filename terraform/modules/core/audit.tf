# Made before all else of this module, which is then on record; and while a Vault's first device is made, whatever is on
# its way there may be answered 500 (seen with Vault 1.21.1).

resource "vault_audit" "device" {
  count = var.audit_device == null ? 0 : 1

  options = var.audit_device.options
  path    = var.instance
  type    = var.audit_device.type

  # The provider cannot change a device: it would close one and open another, with a gap in the log between them.
  lifecycle {
    ignore_changes  = [description]
    prevent_destroy = true
  }
}
