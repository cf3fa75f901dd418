using BootLoader.InstanceImage.Microdroid;

namespace Microdroid.Payload;

/// <summary>An APEX whose tree's root is known; its device is made when it is mounted.</summary>
/// <param name="Partition">The partition that it lies on.</param>
/// <param name="Identity">What was read of it.</param>
/// <param name="Data">What is kept of it.</param>
internal sealed record VerifiedApex(string Partition, ApexIdentity Identity, ApexData Data);
