"""The worst slices that nobody asked for: searched in one half of the rows, confirmed in the other; arrays in, values out."""
