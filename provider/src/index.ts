/** The Terraform provider and the CDKTF constructs. An empty room: nothing of them is built yet. */
export {};
