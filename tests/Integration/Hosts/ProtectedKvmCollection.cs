namespace Integration.Hosts;

/// <summary>The tests that share <see cref="ProtectedKvm"/>.</summary>
[CollectionDefinition(Name)]
public sealed class ProtectedKvmCollection : ICollectionFixture<ProtectedKvm>
{
    /// <summary>The name tests give.</summary>
    public const string Name = "pKVM";
}
