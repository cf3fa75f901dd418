namespace Bench;

/// <summary>One fio run in a guest.</summary>
/// <param name="Place">Where the disk's file lies.</param>
/// <param name="Test">Direction, block size and queue depth.</param>
/// <param name="RequestsPerSecond">fio's mean.</param>
/// <param name="ExitsPerRequest">Exits of all the VM's vCPUs in that time, by request.</param>
internal sealed record BlockResult(string Place, string Test, double RequestsPerSecond, double ExitsPerRequest);
