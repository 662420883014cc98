"""What a comparison comes to: reproduced or not, where it parted first, and which cause, established how."""
