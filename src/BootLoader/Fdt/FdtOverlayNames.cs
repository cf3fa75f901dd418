namespace BootLoader.Fdt;

/// <summary>Nodes and properties that make a tree an overlay (dtc, Documentation/dt-object-internal.txt).</summary>
internal static class FdtOverlayNames
{
    /// <summary>In a fragment: the content that is merged into its target.</summary>
    public const string Overlay = "__overlay__";

    /// <summary>Places that refer to labels of the base: label = "/path:property:offset", …</summary>
    public const string Fixups = "__fixups__";

    /// <summary>Places that refer to phandles of the overlay itself: the overlay's tree again, with offsets as values.</summary>
    public const string LocalFixups = "__local_fixups__";

    /// <summary>Labels and the paths that they stand for.</summary>
    public const string Symbols = "__symbols__";

    /// <summary>In a fragment: the phandle of the node that it changes.</summary>
    public const string Target = "target";

    /// <summary>In a fragment without <see cref="Target"/>: the path of that node.</summary>
    public const string TargetPath = "target-path";

    /// <summary>The two names that the property of a node's own number has had.</summary>
    public static readonly string[] Phandle = ["phandle", "linux,phandle"];
}
