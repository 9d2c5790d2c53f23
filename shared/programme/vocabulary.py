"""The programme's codes, as its source deck and `proposal.md` name them."""

from __future__ import annotations

from typing import Literal

Language = Literal["es", "pt", "en"]
Typology = Literal["simple_network", "complex_network", "cluster"]
Orientation = Literal["horizontal", "vertical"]
PromoterKind = Literal["promotion_agency", "lead_firms", "local_development_institution", "other"]
SizeClass = Literal["micro", "small", "medium", "large"]
Contributor = Literal["executing_agency", "beneficiary_firms", "local_government", "others"]
ContributionKind = Literal["cash", "in_kind"]
Source = Literal["fund", "executing_agency", "beneficiary_firms", "local_government", "others"]
DocumentKind = Literal["letter", "study", "register", "agreement"]
Effect = Literal["sales", "cost", "exports", "jobs"]
ResultCode = Literal[
    "joint_purchasing",
    "joint_promotion",
    "shared_advice",
    "supplier_networks",
    "quality_standards",
    "volume_markets",
    "shared_equipment",
    "phase_specialisation",
    "credit_access",
    "common_services",
    "territorial_image",
    "institutional_coordination",
]
SupportArea = Literal[
    "1.1", "1.2", "1.3", "1.4", "2.1", "2.2", "2.3", "2.4", "3.1", "3.2", "3.3", "3.4", "4.1", "4.2", "4.3", "4.4"
]
CostItem = Literal[
    "promoter",
    "group_articulator",
    "joint_activities",
    "feasibility_studies",
    "strategic_planning",
    "common_services",
    "training",
    "technical_assistance",
    "equipment",
    "administration",
    "evaluation",
    "dissemination",
    "other",
]
