using Kvm.Interop.Processes;

namespace Microdroid.Payload;

/// <summary>The programs that the manager starts.</summary>
internal interface IProcesses
{
    /// <summary>Runs a program of the system image to its end.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="arguments">What follows its name.</param>
    /// <returns>How it ended, and what it said on standard error.</returns>
    (ChildExit Exit, string Errors) Run(string program, IReadOnlyList<string> arguments);

    /// <summary>Starts the payload as <see cref="PayloadUser"/>, with no rights, descriptors or variables of the manager.</summary>
    IPayloadProcess StartPayload(PayloadCommand command);

    /// <summary>Ends everything that still runs as <see cref="PayloadUser"/>.</summary>
    void EndPayload();
}
