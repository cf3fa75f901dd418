namespace Integration.Hosts;

/// <summary>The tests that share <see cref="PlainKvm"/>.</summary>
[CollectionDefinition(Name)]
public sealed class PlainKvmCollection : ICollectionFixture<PlainKvm>
{
    /// <summary>The name tests give.</summary>
    public const string Name = "plain KVM";
}
