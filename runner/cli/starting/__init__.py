"""What `stepfleet init` does: looks around, asks, and tells what it wrote."""
