using System.Runtime.Versioning;

// Labs measure: two at once would measure each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: SupportedOSPlatform("linux")]
