using Vmm.Control;

namespace Vmm.Listing;

/// <summary>A VM and what it said of itself.</summary>
/// <param name="Vm">The VM.</param>
/// <param name="Status">Its answer; null where none came in time.</param>
internal sealed record SurveyedVm(RegisteredVm Vm, VmStatus? Status);
