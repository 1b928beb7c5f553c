"""What a scan costs and gives, measured against decoding alone and against brute force, in one run."""
