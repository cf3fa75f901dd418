namespace Microdroid.Payload;

/// <summary>Whom the payload runs as.</summary>
internal static class PayloadUser
{
    /// <summary>The user's number.</summary>
    public const uint Uid = 6000;

    /// <summary>The group's number.</summary>
    public const uint Gid = 6000;
}
