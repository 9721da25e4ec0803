"""The order of the report: each study, with its figures."""

SECTIONS: dict[str, tuple[str, ...]] = {
    "posted_program": ("posted_program_epochs", "posted_program_rates", "posted_program_widths"),
    "success_rates": ("success_rates",),
    "optimizers": ("optimizers",),
    "initial_scale": ("initial_scale",),
    "trainability": ("trainability",),
    "boolean_functions": ("boolean_functions",),
    "parity": ("parity",),
    "encodings": ("encodings",),
    "precision": (),
    "local_minima": (),
    "published_surfaces": (),
    "published_rates": ("published_rates",),
    "basins": ("basins", "basins_zooms"),
    "loss_slices": ("slices_planes", "slices_trajectories", "slices_paths", "plateau", "spectrum"),
    "throughput": ("throughput",),
    "store_overhead": (),
}
