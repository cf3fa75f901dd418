namespace VirtualizationService.Life;

/// <summary>The system service as a giver of places.</summary>
public interface IGlobalContexts
{
    /// <summary>Takes a place that nobody else has.</summary>
    /// <param name="memoryMib">Guest memory, which counts against the user's limit.</param>
    /// <exception cref="RefusedException">The user has reached a limit.</exception>
    IGlobalContext Allocate(int memoryMib);
}
