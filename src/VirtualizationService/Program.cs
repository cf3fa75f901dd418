using VirtualizationService;

ServiceLog log = new(Console.Error, showsDetails: Environment.GetEnvironmentVariable(ServiceLog.Variable) == "debug");
try
{
    return new VirtmgrCommandLine(log).Invoke(args);
}
catch (RefusedException refusal)
{
    log.Write(refusal.Message);
    return 1;
}
#pragma warning disable CA1031 // The top of the program: whatever was not foreseen becomes one line and a status.
catch (Exception failure)
#pragma warning restore CA1031
{
    log.Write($"a fault of virtmgr, please report it: {failure.GetType().Name}: {failure.Message}");
    return 1;
}
