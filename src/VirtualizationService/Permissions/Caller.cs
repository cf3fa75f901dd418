namespace VirtualizationService.Permissions;

/// <summary>A user of the host, for whom something is done.</summary>
/// <param name="User">The user's number.</param>
/// <param name="Group">The group that the user's new files have.</param>
/// <param name="Groups">All groups of the user.</param>
public sealed record Caller(uint User, uint Group, IReadOnlyCollection<uint> Groups)
{
    /// <summary>The user of this process, who is its client's too: a client starts its own <c>virtmgr</c>.</summary>
    public static Caller ThisProcess => new(UnixAccounts.User, UnixAccounts.Group, UnixAccounts.Groups);

    /// <summary>Whether it is the administrator.</summary>
    public bool IsRoot => User == 0;

    /// <summary>The user's name, or number where there is none.</summary>
    public string Name => UnixAccounts.UserName(User) ?? $"{User}";

    /// <summary>A user by number, with the groups that a login gives.</summary>
    public static Caller Of(uint user) => new(user, UnixAccounts.PrimaryGroupOf(user) ?? uint.MaxValue, UnixAccounts.GroupsOf(user));

    /// <summary>Whether the user is in a group.</summary>
    /// <param name="group">Its name; <c>*</c> is everybody's group.</param>
    public bool IsIn(string group) => group == "*" || (UnixAccounts.GroupNumber(group) is { } number && Groups.Contains(number));
}
