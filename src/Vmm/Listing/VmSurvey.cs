using System.Diagnostics;
using Vmm.Control;
using Vmm.Outcome;

namespace Vmm.Listing;

/// <summary>Asks many VMs at once what they are doing; one that does not answer holds up nobody for long.</summary>
internal static class VmSurvey
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    /// <summary>Asks.</summary>
    /// <returns>All of them but those that have ended meanwhile.</returns>
    public static IReadOnlyList<SurveyedVm> Ask(IReadOnlyList<RegisteredVm> vms)
    {
        var start = Stopwatch.GetTimestamp();
        List<(RegisteredVm Vm, ControlClient? Client)> asked = [];
        try
        {
            foreach (var vm in vms)
            {
                asked.Add((vm, TryAsk(vm)));
            }

            List<SurveyedVm> answered = [];
            foreach (var (vm, client) in asked)
            {
                if (client is not null)
                {
                    var left = s_patience - Stopwatch.GetElapsedTime(start);
                    answered.Add(new SurveyedVm(vm, TryReceive(client, left < TimeSpan.Zero ? TimeSpan.Zero : left)?.Status));
                }
                else if (File.Exists(vm.SocketPath))
                {
                    answered.Add(new SurveyedVm(vm, null));
                }
            }

            return answered;
        }
        finally
        {
            asked.ForEach(static pair => pair.Client?.Dispose());
        }
    }

    private static ControlClient? TryAsk(RegisteredVm vm)
    {
        ControlClient? client = null;
        try
        {
            client = ControlClient.Connect(vm.SocketPath, block: false);
            client.Ask(new ControlRequest { Request = ControlRequest.Status });
            return client;
        }
        catch (VmmException)
        {
            client?.Dispose();
            return null;
        }
    }

    private static ControlResponse? TryReceive(ControlClient client, TimeSpan patience)
    {
        try
        {
            return client.Receive(patience);
        }
        catch (VmmException)
        {
            return null;
        }
    }
}
